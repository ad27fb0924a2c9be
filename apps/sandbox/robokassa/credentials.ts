export const MERCHANT_LOGIN = 'demo';
/** Signs the old XML refunds. */
export const PASSWORD1 = 'password1';
/** Signs the question for an operation's state. */
export const PASSWORD2 = 'password2';
/** The key of refund tokens. */
export const PASSWORD3 = 'password3';
