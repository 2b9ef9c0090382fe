import { mostSoundMs, usualSoundMs } from './sound-length';

function wav(seconds: number, rate = 16_000, format = 1): Buffer {
  const data = Buffer.alloc(seconds * rate * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF');
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(format, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(4, 40);
  return Buffer.concat([head, data]);
}

function mp3(frames: number, xing = false): Buffer {
  const frame = Buffer.alloc(417);
  frame.writeUInt32BE(0xfffb9064);
  const first = Buffer.from(frame);
  if (xing) {
    first.write('Xing', 36);
    first.writeUInt32BE(1, 40);
    first.writeUInt32BE(1_000, 44);
  }
  return Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x05hello'), first, ...Array<Buffer>(frames - 1).fill(frame)]);
}

function ogg(seconds: number): Buffer {
  const page = Buffer.alloc(30_000);
  page.write('OggS');
  page.write('OpusHead', 28);
  page.write('OggS', 29_900);
  page.writeUInt32LE(seconds * 48_000, 29_906);
  return page;
}

function flac(seconds: number): Buffer {
  const file = Buffer.alloc(100_000);
  file.write('fLaC');
  file.writeUInt16BE(44_100 >> 4, 18);
  file[20] = (44_100 & 15) << 4;
  file.writeUInt32BE(seconds * 44_100, 22);
  return file;
}

function m4a(seconds: number): Buffer {
  const file = Buffer.alloc(50_000);
  file.write('ftypM4A ', 4);
  file.write('mvhd', 49_000);
  file.writeUInt32BE(1_000, 49_016);
  file.writeUInt32BE(seconds * 1_000, 49_020);
  return file;
}

describe('the length of a sound', () => {
  it('of plain numbers is what they say, however short their head says it is', () => {
    expect(mostSoundMs(wav(3))).toBe(3_000);
    expect(usualSoundMs(wav(3))).toBe(3_000);
  });

  it.each([
    ['MP3 of one rate', mp3(100), 2_606],
    ['MP3 that counts its frames', mp3(200, true), 26_123],
    ['Ogg', ogg(7), 7_000],
    ['FLAC', flac(7), 7_000],
    ['MP4', m4a(7), 7_000],
    ['anything else', Buffer.alloc(8_000, 1), 2_000],
  ])('is read of %s', (_, file, ms) => {
    expect(Math.abs(usualSoundMs(file) - ms)).toBeLessThan(20);
    expect(mostSoundMs(file)).toBe(Math.ceil((file.length * 2) / 1_000) * 1_000);
  });

  it('is never more than its bytes can hold, nor believed of a head that lies', () => {
    const file = ogg(1_000_000_000 / 48_000);
    expect(usualSoundMs(file)).toBe(mostSoundMs(file));
    expect(mostSoundMs(wav(1, 1))).toBe(1_000);
    expect(mostSoundMs(wav(1, 16_000, 49))).toBe(65_000);
  });

  it('is a number for any bytes', () => {
    for (const file of [wav(1), mp3(3, true), ogg(1), flac(1), m4a(1)]) {
      for (let length = 0; length < 600; length++) expect(usualSoundMs(file.subarray(0, length))).toBeLessThanOrEqual(mostSoundMs(file.subarray(0, length)));
    }
    expect(usualSoundMs(Buffer.alloc(0))).toBe(0);
  });
});
