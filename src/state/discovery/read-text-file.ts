import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const readBytes = async (file: FileHandle, most: number): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, null);
    if (bytesRead === 0) return Buffer.concat(pieces);
    length += bytesRead;
    if (length > most) throw new Error(`it is larger than ${most} bytes`);
    pieces.push(buffer.subarray(0, bytesRead));
  }
};

/**
 * Reads a regular file as UTF-8, a byte order mark left out. Rejects for anything else, one of more than `most` bytes
 * included: a pipe or a device could be read for ever.
 */
export const readTextFile = async (path: string, most: number): Promise<string> => {
  // The opening of a pipe would wait for somebody who writes.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is not a regular file');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(file, most));
  } finally {
    await file.close();
  }
};
