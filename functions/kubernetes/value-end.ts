const [QUOTE, COMMA, BACKSLASH] = [34, 44, 92];
/** Brackets of both kinds, with the bit set by which they differ: `[` is 91 and `{` 123, `]` 93 and `}` 125. */
const [ANY_BRACKET, ANY_BRACKET_END, BIT] = [123, 125, 32];
const LAST_BEFORE_BRACKETS = 90;

/** Finds the end of one JSON value after the other, each in one or more pieces. */
export type ValueEnd = {
  /** Another value begins. */
  readonly begin: () => void;
  /** Where in the piece it ends: at the comma after it, or the bracket that closes what it is in; else the piece's length. */
  readonly find: (piece: Buffer, from: number) => number;
};

/** Nearly all bytes of a list go through this; its loops change only what is their own, which is faster. */
export function createValueEnd(): ValueEnd {
  /** How many brackets are open within the value. */
  let depth = 0;
  let isInString = false;
  /** Whether the next byte says nothing, as a backslash ended the piece before. */
  let isEscaped = false;
  const stop = (at: number, open: number, isText: boolean) => {
    depth = open;
    isInString = isText;
    return at;
  };
  return {
    begin: () => {
      depth = 0;
      isInString = false;
      isEscaped = false;
    },
    find: (piece, from) => {
      const { length } = piece;
      let at = isEscaped ? from + 1 : from;
      let open = depth;
      let isText = isInString;
      isEscaped = false;
      while (at < length) {
        if (isText) {
          let byte = piece[at];
          while (byte !== QUOTE && byte !== BACKSLASH && ++at < length) byte = piece[at];
          if (at === length) break;
          isText = byte === BACKSLASH;
          at += isText ? 2 : 1;
          continue;
        }
        for (; at < length; at++) {
          const byte = piece[at] ?? 0;
          if (byte === QUOTE) {
            isText = true;
            at++;
            break;
          }
          if (byte === COMMA) {
            if (open === 0) return stop(at, open, false);
          } else if (byte > LAST_BEFORE_BRACKETS) {
            const bracket = byte | BIT;
            if (bracket === ANY_BRACKET) open++;
            else if (bracket === ANY_BRACKET_END) {
              if (open === 0) return stop(at, open, false);
              open--;
            }
          }
        }
      }
      isEscaped = at > length;
      return stop(length, open, isText);
    },
  };
}
