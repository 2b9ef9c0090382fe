import { createHash, createHmac } from 'node:crypto';
import type { ProviderCall } from '@higress/testing';

const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
const MINUTES_5 = 300_000;

/** Why AWS would refuse the signature of a call, worked out anew from what arrived; null where it would not. */
export function faultOfSignature({ method, path, headers, raw }: ProviderCall, { id, secret, region }: { id: string; secret: string; region: string }): string | null {
  const told = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '');
  if (!told) return 'The request signature does not conform to AWS standards';
  const [, keyId, day = '', where, service = '', signed = '', signature] = told;
  if (keyId !== id) return 'The security token included in the request is invalid.';
  if (where !== region || service !== 'bedrock') return `Credential should be scoped to a valid region and service, not ${where} and ${service}.`;
  const stamp = String(headers['x-amz-date']);
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!stamp.startsWith(day) || !(Math.abs(Date.now() - at) < MINUTES_5)) return 'Signature expired';
  const names = signed.split(';');
  if (!names.includes('host') || !names.includes('x-amz-date')) return 'host and x-amz-date must be signed';
  const uri = path.split('?')[0]?.split('/').map((segment) => encodeURIComponent(segment)).join('/');
  const canonical = [method, uri, '', ...names.map((name) => `${name}:${String(headers[name]).trim()}`), '', signed, hash(raw)].join('\n');
  const key = mac(mac(mac(mac(`AWS4${secret}`, day), region), service), 'aws4_request');
  const expected = mac(key, ['AWS4-HMAC-SHA256', stamp, `${day}/${region}/${service}/aws4_request`, hash(canonical)].join('\n')).toString('hex');
  return expected === signature ? null : 'The request signature we calculated does not match the signature you provided.';
}
