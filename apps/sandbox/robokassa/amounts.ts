const decimalText = /^(0|[1-9]\d{0,11})(?:\.(\d{1,2}))?$/;

/** Both currencies of RoboKassa shops have two decimals. */
export const currencies = ['RUB', 'KZT'] as const;
export type RobokassaCurrency = (typeof currencies)[number];

/** `"50.5"` → 5050; undefined when the text is no plain decimal of at most two places. Never through a float. */
export function toMinorUnits(text: string): number | undefined {
  const match = decimalText.exec(text);
  const [whole = '', fraction = ''] = match?.slice(1) ?? [];
  return match === null ? undefined : Number(whole + fraction.padEnd(2, '0'));
}

/** 5050 → `"50.50"`. */
export function toMajorUnits(minorUnits: number): string {
  const digits = String(minorUnits).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** 5050 → `"50.500000"`: RoboKassa writes every sum with six decimals. */
export function toSixDecimals(minorUnits: number): string {
  return `${toMajorUnits(minorUnits)}0000`;
}
