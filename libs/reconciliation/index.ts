export {
  originalOf,
  redrive,
  redriveRefusal,
  type RedriveOptions,
  type RedriveRefusal,
  type Redriven,
  type RequestTopic,
} from './dead-letters/redrive.ts';
