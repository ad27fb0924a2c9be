export type { RefundSubmitter } from './port.ts';
