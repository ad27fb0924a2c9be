/** The library brings no types. */
declare module 'snappyjs' {
  const snappyjs: {
    /** @throws for what is not snappy, and for what unpacks to more than `bytesMax`. */
    uncompress(packed: Buffer, bytesMax: number): Buffer;
  };
  export default snappyjs;
}
