import type { AdminFields } from '../admin/admin-fields.ts';
import { invalidRequest } from '../admin/admin-refusal.ts';
import { hashAlgorithms, type HashAlgorithm } from './signature.ts';

const checkTimes = ['create', 'finish'] as const;
/** Hosts of the two namespaces that the vendor's XML answers were seen with. */
const namespaceHosts = ['auth.robokassa.ru', 'merchant.roboxchange.com'] as const;
const refusalStatuses = [200, 400] as const;
const unknownRequestStatuses = [200, 400, 404] as const;
const FINISH_AFTER_MAX_MS = 3_155_760_000_000;

/** Where the vendor's pages leave a choice or are silent, the sandbox can be told which. */
export interface RobokassaBehaviour {
  /** Null: a refund stays in processing until an admin call ends it. */
  readonly finishAfterMs: number | null;
  /** Whether a sum above the rest is refused at once, or accepted and canceled when its turn comes. */
  readonly remainingCheckedAt: (typeof checkTimes)[number];
  /** HTTP status of `NotEnoughOperationFunds`. */
  readonly refusalStatus: number;
  /** HTTP status of GetState for an id that does not exist. */
  readonly unknownRequestStatus: number;
  /** Takes tokens whose header says SHA256, SHA384 or SHA512 instead of HS256, HS384 or HS512. */
  readonly lenientAlg: boolean;
  readonly hashAlgorithm: HashAlgorithm;
  readonly namespace: (typeof namespaceHosts)[number];
  /** Null: the payment's currency. Real shops also see labels that are no currency, such as `BNR`. */
  readonly outCurrLabel: string | null;
}

export const ordinaryBehaviour: RobokassaBehaviour = {
  finishAfterMs: 1_000,
  remainingCheckedAt: 'create',
  refusalStatus: 200,
  unknownRequestStatus: 200,
  lenientAlg: false,
  hashAlgorithm: 'md5',
  namespace: 'auth.robokassa.ru',
  outCurrLabel: null,
};

/** The present behaviour with the named settings changed; throws AdminRefusal. */
export function readBehaviour(fields: AdminFields, present: RobokassaBehaviour): RobokassaBehaviour {
  const finishAfterMs = orNull(fields, 'finishAfterMs', () =>
    fields.wholeNumber('finishAfterMs', 0, FINISH_AFTER_MAX_MS),
  );
  const outCurrLabel = orNull(fields, 'outCurrLabel', () => fields.requiredText('outCurrLabel'));
  const changed: RobokassaBehaviour = {
    finishAfterMs: finishAfterMs === undefined ? present.finishAfterMs : finishAfterMs,
    remainingCheckedAt: fields.oneOf('remainingCheckedAt', checkTimes) ?? present.remainingCheckedAt,
    refusalStatus: status(fields, 'refusalStatus', refusalStatuses) ?? present.refusalStatus,
    unknownRequestStatus:
      status(fields, 'unknownRequestStatus', unknownRequestStatuses) ?? present.unknownRequestStatus,
    lenientAlg: fields.flag('lenientAlg') ?? present.lenientAlg,
    hashAlgorithm: fields.oneOf('hashAlgorithm', hashAlgorithms) ?? present.hashAlgorithm,
    namespace: fields.oneOf('namespace', namespaceHosts) ?? present.namespace,
    outCurrLabel: outCurrLabel === undefined ? present.outCurrLabel : outCurrLabel,
  };
  fields.finish();
  return changed;
}

/** Undefined: not mentioned. */
function orNull<Value>(
  fields: AdminFields,
  name: string,
  read: () => Value | undefined,
): Value | null | undefined {
  const value = fields.raw(name);
  return value === undefined || value === null ? value : read();
}

function status(fields: AdminFields, name: string, allowed: readonly number[]): number | undefined {
  const value = fields.raw(name);
  if (value === undefined) {
    return undefined;
  }
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw invalidRequest(`"${name}" must be one of ${allowed.join(', ')}`);
  }
  return found;
}
