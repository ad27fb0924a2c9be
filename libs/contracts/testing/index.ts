export { anyJson, acceptableRequest, almostRequest } from './arbitraries.ts';
export { luhn } from './luhn.ts';
export { binaryRecord, structuredRecord } from './records.ts';
