import { isUtf8 } from 'node:buffer';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

export type BodyText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * The body as text. Nothing is asked for compressed, but a gateway may compress all the same: then at most `bytesMax` are unpacked,
 * so that a small answer cannot fill the memory.
 */
export function readBody(bytes: Buffer, encoding: string | undefined, bytesMax: number): BodyText {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  try {
    const plain = unpack(bytes, name, { maxOutputLength: bytesMax });
    if (plain !== null && isUtf8(plain)) return { kind: 'text', text: plain.toString('utf8') };
    return { kind: 'unreadable', why: plain === null ? 'encoding' : 'charset' };
  } catch (error) {
    return { kind: 'unreadable', why: isTooLarge(error) ? 'tooLarge' : 'encoding' };
  }
}

function unpack(bytes: Buffer, name: string, limit: { readonly maxOutputLength: number }): Buffer | null {
  if (name === 'identity' || name === '' || bytes.length === 0) return bytes;
  if (name === 'gzip' || name === 'x-gzip') return gunzipSync(bytes, limit);
  if (name === 'deflate') return inflateSync(bytes, limit);
  return name === 'br' ? brotliDecompressSync(bytes, limit) : null;
}

function isTooLarge(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
  );
}
