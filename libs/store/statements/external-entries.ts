/**
 * What the entries of a payment `w` add up to so far. A change is entered as the difference to it, so that one which a release without entries made is
 * made good with the next.
 */
export const ENTERED =
  '(select coalesce(sum(e.amount), 0) from refundry.external_change e where e.payment_no = w.payment_no)';
