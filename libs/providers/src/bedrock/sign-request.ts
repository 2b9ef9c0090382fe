import { createHash, createHmac } from 'node:crypto';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string;
}

export interface Signable {
  readonly host: string;
  /** As it is sent, with its leading slash; without a query. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly region: string;
  readonly service: string;
  readonly at: Date;
}

const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const mac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** AWS's Signature Version 4 of a POST: the fields to add, as a flat list of name and value. */
export function signRequest({ accessKeyId, secretKey, sessionToken }: AwsKeys, { host, path, body, region, service, at }: Signable): string[] {
  const stamp = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const payload = hash(body);
  const fields: [string, string][] = [['host', host], ['x-amz-date', stamp], ...(sessionToken ? [['x-amz-security-token', sessionToken] as [string, string]] : [])];
  const signed = fields.map(([name]) => name).join(';');
  // Every service but S3 has the path encoded once more than it is sent.
  const canonicalPath = path.split('/').map(encode).join('/');
  const canonical = ['POST', canonicalPath, '', ...fields.map(([name, value]) => `${name}:${value}`), '', signed, payload].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = mac(mac(mac(mac(`AWS4${secretKey}`, day), region), service), 'aws4_request');
  const signature = mac(key, ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n')).toString('hex');
  const sent = fields.filter(([name]) => name !== 'host').flat();
  return ['authorization', `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`, ...sent];
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
