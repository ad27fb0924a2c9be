export type AdminRefusalCode = 'INVALID_REQUEST' | 'NOT_FOUND' | 'NOT_POSSIBLE';

const statusOf: Record<AdminRefusalCode, number> = {
  INVALID_REQUEST: 400,
  NOT_FOUND: 404,
  NOT_POSSIBLE: 409,
};

/** An admin call that cannot be done as asked; answered as `{"error":{"code","message"}}`. */
export class AdminRefusal extends Error {
  readonly code: AdminRefusalCode;

  constructor(code: AdminRefusalCode, message: string) {
    super(message);
    this.name = 'AdminRefusal';
    this.code = code;
  }

  get statusCode(): number {
    return statusOf[this.code];
  }
}

export function invalidRequest(message: string): AdminRefusal {
  return new AdminRefusal('INVALID_REQUEST', message);
}
