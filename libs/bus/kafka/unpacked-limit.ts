/**
 * The most that one compressed batch may unpack to, and the most records it may hold. A broker takes batches of a megabyte as they come, compressed;
 * a megabyte can stand for gigabytes. Larger: what an answer may take is passed by one batch,
 * and that must not take the process down. Smaller: a batch that an ordinary producer sends could not be read any more; requests of some hundred bytes, compressed to a
 * tenth, unpack from one megabyte to ten.
 */
export const UNPACKED_BYTES_MAX = 32 * 1024 * 1024;
export const UNPACKED_RECORDS_MAX = 100_000;

/** What all batches of one answer may take before it is cut off. kafkajs asks for its partitions in another order each time, so each is the first at times. */
export const ANSWER_BYTES_MAX = 96 * 1024 * 1024;
