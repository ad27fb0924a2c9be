export { anyJson, acceptableRequest, almostRequest } from './arbitraries.ts';
export { breakingChanges, type Direction } from './compatibility.ts';
export { luhn } from './luhn.ts';
export { binaryRecord, codeOf, readReadable, sampleRequest, structuredRecord } from './records.ts';
