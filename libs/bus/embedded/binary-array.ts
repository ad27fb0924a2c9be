const INT4_OID = 23;
const BYTEA_OID = 17;

/** `int[]` as PostgreSQL's binary format; node-postgres sends a Buffer as a binary parameter, many times cheaper than array text. */
export function intArray(values: readonly number[]): Buffer {
  return binaryArray(
    INT4_OID,
    values.map((value) => {
      const cell = Buffer.alloc(4);
      cell.writeInt32BE(value);
      return cell;
    }),
  );
}

export function byteaArray(values: readonly (Buffer | null)[]): Buffer {
  return binaryArray(BYTEA_OID, values);
}

/** One dimension, nulls allowed, lower bound 1; then each element behind its length, -1 for null. */
function binaryArray(oid: number, cells: readonly (Buffer | null)[]): Buffer {
  const bytes = cells.reduce((sum, cell) => sum + 4 + (cell?.length ?? 0), 20);
  const array = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const word of [1, 1, oid, cells.length, 1]) at = array.writeInt32BE(word, at);
  for (const cell of cells) {
    at = array.writeInt32BE(cell?.length ?? -1, at);
    if (cell !== null) at += cell.copy(array, at);
  }
  return array;
}
