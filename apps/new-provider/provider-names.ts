/** The example that every new provider begins as; it is checked like the real ones, so that it cannot rot. */
export const EXAMPLE = 'acme';

/** A provider's name as files, types and constants spell it. */
export interface ProviderNames {
  /** `stripe`: folders, paths, the provider's name on the bus. */
  readonly lower: string;
  /** `Stripe`: types and prose. */
  readonly pascal: string;
  /** `STRIPE`: constants and environment variables. */
  readonly upper: string;
}

const LENGTH_MAX = 24;

/** Null when the text is no name: a letter from a to z, then letters or digits, at most 24 in all. */
export function providerNames(text: string): ProviderNames | null {
  if (!/^[a-z][a-z0-9]+$/.test(text) || text.length > LENGTH_MAX) return null;
  return {
    lower: text,
    pascal: `${text.charAt(0).toUpperCase()}${text.slice(1)}`,
    upper: text.toUpperCase(),
  };
}

/** The example's text with the example's name, in each spelling, replaced. */
export function renamed(text: string, names: ProviderNames): string {
  return text
    .replaceAll(EXAMPLE, names.lower)
    .replaceAll('Acme', names.pascal)
    .replaceAll('ACME', names.upper);
}
