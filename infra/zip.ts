import { crc32, deflateRawSync } from "node:zlib";

type Entry = { readonly name: string; readonly data: Buffer };

/** Midnight of 1 January 1980, the earliest that the format can say: the same files always make the same archive. */
const DATE = 0x0021;
/** What an archiver on Unix writes, so that the entries get their file modes: -rw-r--r--. */
const UNIX = 0x0314;
const MODE = 0o100644 << 16;

/** A zip archive, as PKWARE's APPNOTE 4.3 lays it out, without its 64-bit extensions. */
export function zip(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const packed = deflateRawSync(data, { level: 9 });
    const path = Buffer.from(name);
    // Version 2.0, no flags, deflated, time, date, checksum, sizes, length of the name, no extra field.
    const common = Buffer.alloc(26);
    for (const [at, value] of [20, 0, 8, 0, DATE].entries()) common.writeUInt16LE(value, at * 2);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([signature(0x04034b50), common, path, packed]);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE(MODE >>> 0, 6);
    attributes.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([signature(0x02014b50), uint16(UNIX), common, attributes, path]));
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, index, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
