/** Puts the Luhn digit behind the digits given. */
export function luhn(digits: string): string {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, character, place) => {
      const doubled = Number(character) * (place % 2 === 0 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return `${digits}${String((10 - (sum % 10)) % 10)}`;
}
