const FIRST_SIZE = 32;

/**
 * Where the field lines of one head are, and what each is to a proxy. Made once and used for many heads.
 *
 * Lines follow one another: line i ends where the name of line i + 1 begins, the last one two bytes before the end of
 * the head.
 */
export class FieldTable {
  count = 0;
  /**
   * Four offsets a field: begin and end of the name, begin and end of the value without the blanks around it. Another
   * array when more fields have come than it could take.
   */
  at = new Int32Array(4 * FIRST_SIZE);
  /** One kind a field. Replaced with `at`. */
  kinds = new Uint8Array(FIRST_SIZE);
  /** Why the last line was refused. */
  fault = '';

  /** Makes room for twice as many fields. */
  grow(): void {
    const at = new Int32Array(2 * this.at.length);
    at.set(this.at);
    const kinds = new Uint8Array(2 * this.kinds.length);
    kinds.set(this.kinds);
    this.at = at;
    this.kinds = kinds;
  }
}
