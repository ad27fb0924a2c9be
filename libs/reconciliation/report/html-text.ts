const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for a page, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** `1234567.50` as `1 234 567.50`, with spaces that do not break; no digit is changed. */
export function grouped(amount: string | number): string {
  const [whole = '', fraction] = String(amount).split('.');
  const spaced = whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u202F');
  return escapeHtml(fraction === undefined ? spaced : `${spaced}.${fraction}`);
}
