/** A spreadsheet takes a field that begins so for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/;

/** A plain number may begin with a sign: there is nothing in it to run. */
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * One row of RFC 4180 with its line break. What a spreadsheet would run is made text by an apostrophe before it: ids and words of a provider come from
 * outside.
 */
export function csvRow(fields: readonly (string | number | null)[]): string {
  return `${fields.map((field) => csvField(field === null ? '' : String(field))).join(',')}\r\n`;
}

function csvField(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
