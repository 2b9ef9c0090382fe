import { mp3Ms } from './mp3-length';

const MS = 1000;
/** No coding that a provider takes makes less of a second of speech. */
const LEAST_BYTES_PER_SECOND = 500;
/** 32 kbit/s, as speech is often coded. */
const USUAL_BYTES_PER_SECOND = 4_000;
const OPUS_RATE = 48_000;

/**
 * The most milliseconds that a file can hold: what its numbers say where nothing is coded, else what the thriftiest coding would make of its bytes.
 * Whole seconds, because providers round up to them.
 */
export function mostSoundMs(file: Buffer): number {
  return Math.ceil((pcmMs(file) ?? lengthMs(file.length, LEAST_BYTES_PER_SECOND)) / MS) * MS;
}

/**
 * How many milliseconds a file of sound has, as its own head tells (WAV, MP3, FLAC, Ogg, MP4), else as its size lets expect; never more than {@link mostSoundMs}.
 * Reads a few fields: it decodes nothing, and believes nothing that the size cannot bear.
 */
export function usualSoundMs(file: Buffer): number {
  const told = pcmMs(file) ?? flacMs(file) ?? oggMs(file) ?? mp4Ms(file) ?? mp3Ms(file) ?? lengthMs(file.length, USUAL_BYTES_PER_SECOND);
  return Math.min(Math.ceil(told), mostSoundMs(file));
}

function lengthMs(bytes: number, bytesPerSecond: number): number {
  return Math.ceil((bytes * MS) / bytesPerSecond);
}

function begins(file: Buffer, magic: string, at = 0): boolean {
  return file.length >= at + magic.length && file.toString('latin1', at, at + magic.length) === magic;
}

/** A WAV of plain numbers; undefined for what is coded. The whole file counts, whatever its head says of its size. */
function pcmMs(file: Buffer): number | undefined {
  if (!begins(file, 'RIFF') || !begins(file, 'WAVE', 8) || !begins(file, 'fmt ', 12) || file.length < 44) return undefined;
  const format = file.readUInt16LE(20);
  const bytesPerSecond = file.readUInt32LE(24) * file.readUInt16LE(22) * (file.readUInt16LE(34) >> 3);
  const isPlain = format === 1 || format === 3 || format === 0xfffe;
  return isPlain && bytesPerSecond >= LEAST_BYTES_PER_SECOND ? lengthMs(file.length - 44, bytesPerSecond) : undefined;
}

/** The first block says how many samples there are, and how many make a second. */
function flacMs(file: Buffer): number | undefined {
  if (!begins(file, 'fLaC') || file.length < 26) return undefined;
  const rate = (file.readUInt16BE(18) << 4) | ((file[20] as number) >> 4);
  const samples = ((file[21] as number) & 0x0f) * 2 ** 32 + file.readUInt32BE(22);
  return rate > 0 && samples > 0 ? (samples * MS) / rate : undefined;
}

/** The last page says how many samples came before its end. */
function oggMs(file: Buffer): number | undefined {
  if (!begins(file, 'OggS')) return undefined;
  const last = file.lastIndexOf('OggS');
  const head = file.subarray(0, 512);
  const vorbis = head.indexOf('\x01vorbis', 0, 'latin1');
  const rate = head.includes('OpusHead') ? OPUS_RATE : vorbis !== -1 && head.length >= vorbis + 16 ? head.readUInt32LE(vorbis + 12) : 0;
  if (rate === 0 || file.length < last + 14) return undefined;
  const samples = file.readUInt32LE(last + 6) + file.readUInt32LE(last + 10) * 2 ** 32;
  return samples > 0 ? (samples * MS) / rate : undefined;
}

/** MP4 and M4A have a length and its unit in the head of the film, which may stand at either end. */
function mp4Ms(file: Buffer): number | undefined {
  if (!begins(file, 'ftyp', 4)) return undefined;
  const at = file.indexOf('mvhd', 0, 'latin1') + 4;
  if (at < 4 || file.length < at + 32) return undefined;
  const isLong = file[at] === 1;
  const unit = file.readUInt32BE(at + (isLong ? 20 : 12));
  const length = isLong ? Number(file.readBigUInt64BE(at + 24)) : file.readUInt32BE(at + 16);
  return unit > 0 && length > 0 ? (length * MS) / unit : undefined;
}
