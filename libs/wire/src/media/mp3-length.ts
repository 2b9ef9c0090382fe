const MS = 1000;
/** Kilobits a second of a frame of the third layer, by its index: MPEG 1, and its two younger halves. */
const RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const SAMPLES_PER_SECOND = [44_100, 48_000, 32_000] as const;
const ID3_HEAD = 10;
/** How far the first frame may lie behind where it should be. */
const SEARCH_BYTES = 4096;

/** Milliseconds of an MP3: by the number of frames that it tells (VBR), else by the rate of its first frame; undefined for what is none. */
export function mp3Ms(file: Buffer): number | undefined {
  const frame = firstFrame(file, afterId3(file));
  if (frame === undefined) return undefined;
  const head = file.readUInt32BE(frame);
  const version = (head >>> 19) & 3;
  const isFirst = version === 3;
  const rate = RATES[isFirst ? 0 : 1][(head >>> 12) & 15] ?? 0;
  const samplesPerSecond = (SAMPLES_PER_SECOND[(head >>> 10) & 3] ?? 0) >> (isFirst ? 0 : version === 2 ? 1 : 2);
  if (rate === 0 || samplesPerSecond === 0) return undefined;
  const frames = framesTold(file.subarray(frame, frame + 200));
  return frames > 0 ? (frames * (isFirst ? 1152 : 576) * MS) / samplesPerSecond : ((file.length - frame) * 8) / rate;
}

function afterId3(file: Buffer): number {
  if (file.length < ID3_HEAD || file.toString('latin1', 0, 3) !== 'ID3') return 0;
  const [a = 0, b = 0, c = 0, d = 0] = file.subarray(6, ID3_HEAD);
  return ID3_HEAD + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127);
}

/** Where a frame of the third layer begins: eleven ones, and a version, layer, rate and frequency that there are. */
function firstFrame(file: Buffer, from: number): number | undefined {
  for (let at = from; at < Math.min(from + SEARCH_BYTES, file.length - 4); at++) {
    if (file[at] !== 0xff) continue;
    const head = file.readUInt32BE(at);
    if (head >>> 21 === 0x7ff && ((head >>> 19) & 3) !== 1 && ((head >>> 17) & 3) === 1 && ((head >>> 12) & 15) !== 15 && ((head >>> 12) & 15) !== 0 && ((head >>> 10) & 3) !== 3) return at;
  }
  return undefined;
}

function framesTold(frame: Buffer): number {
  for (const mark of ['Xing', 'Info']) {
    const at = frame.indexOf(mark, 0, 'latin1');
    if (at !== -1 && frame.length >= at + 12 && ((frame[at + 7] as number) & 1) === 1) return frame.readUInt32BE(at + 8);
  }
  return 0;
}
