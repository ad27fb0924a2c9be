import type { ProviderModule } from '#libs/provider-kit';

/** How a person names the refund at the provider: by its id, or by the secret number that stands behind it. */
export interface GivenName {
  readonly providerRefundId: string | null;
  readonly handle: string | null;
}

/** A provider refund by the names that are stored of it. */
export interface NamedRefund {
  readonly providerRefundId: string;
  readonly handle: string | null;
}

type Named =
  | { readonly kind: 'named'; readonly refund: NamedRefund | null }
  | { readonly kind: 'invalid'; readonly code: string; readonly text: string };

/** Printable and without spaces, as every provider's ids are. */
const PROVIDER_REFUND_ID = /^[\x21-\x7e]{1,100}$/;

/** What is bound and published for a given name. A secret number is never published, also where it was given as an id. */
export function nameOf({ providerRefundId, handle }: GivenName, module: ProviderModule): Named {
  if (handle !== null && providerRefundId !== null)
    return invalid('REQUEST_ID_INVALID', 'give either the id of the refund or the number of its request');
  const given = handle ?? providerRefundId;
  if (given === null) return { kind: 'named', refund: null };
  const name = module.nameOfHandle?.(given) ?? null;
  if (name !== null) return { kind: 'named', refund: { providerRefundId: name, handle: given } };
  if (handle !== null)
    return invalid(
      'REQUEST_ID_INVALID',
      module.nameOfHandle === undefined
        ? `${module.name} gives no numbers of requests`
        : 'that is no number of a request',
    );
  // Where only numbers are known that a person may not have, whatever else they call it has to do: it is bound, and cannot be asked for.
  const [fault] = module.nameOfHandle === undefined ? (module.desk?.checkRefundId(given) ?? []) : [];
  if (fault !== undefined) return invalid(fault.code, fault.message);
  if (!PROVIDER_REFUND_ID.test(given))
    return invalid('REFUND_ID_INVALID', 'an id of the provider is printable and has no spaces');
  return { kind: 'named', refund: { providerRefundId: given, handle: null } };
}

function invalid(code: string, text: string): Named {
  return { kind: 'invalid', code, text };
}
