import type { Unavailable } from './transport-outcome.ts';

/** A listing that broke off. What was yielded before is right; the rest is not known. */
export class ListingUnavailable extends Error {
  override readonly name = 'ListingUnavailable';
  readonly code = 'LISTING_UNAVAILABLE';
  readonly why: Unavailable;
  /** The window holds more than the provider lists at once: a smaller one can be had. */
  readonly isTooLong: boolean;

  constructor(why: Unavailable, isTooLong = false) {
    super(why.text);
    this.why = why;
    this.isTooLong = isTooLong;
  }
}
