import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UploadRoom } from './upload-room';

const MAX = 1_000;
const form = (length: number | null, type = 'multipart/form-data; boundary=b') => ({ headers: { 'content-type': type, ...(length !== null && { 'content-length': String(length) }) } }) as unknown as FastifyRequest;
const anAnswer = () => ({ raw: new EventEmitter() }) as unknown as FastifyReply;

describe('the room for uploads', () => {
  it('is for ten of the largest forms, and is given back with their answers', () => {
    const room = new UploadRoom(MAX);
    const answers = Array.from({ length: 10 }, anAnswer);
    for (const answer of answers) expect(room.take(form(MAX), answer)).toBeUndefined();
    expect(room.take(form(1), anAnswer())).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1000 });
    answers[0]?.raw.emit('close');
    expect(room.take(form(MAX), anAnswer())).toBeUndefined();
  });

  it('counts one that does not say its length as the largest, one that is refused for its length as none, and what is no form neither', () => {
    const room = new UploadRoom(MAX);
    for (let i = 0; i < 20; i++) expect(room.take(form(MAX + 1), anAnswer())).toBeUndefined();
    for (let i = 0; i < 20; i++) expect(room.take(form(MAX, 'application/json'), anAnswer())).toBeUndefined();
    for (let i = 0; i < 10; i++) expect(room.take(form(null), anAnswer())).toBeUndefined();
    expect(room.take(form(null), anAnswer())).toMatchObject({ http: 503 });
  });
});
