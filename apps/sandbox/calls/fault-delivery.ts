import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.ts';
import { echoFields, type Fault, type FaultMode } from './fault.ts';
import type { ProviderFront } from './provider-front.ts';
import type { Waits } from './waits.ts';

const BAD_GATEWAY_PAGE =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';
const SLOW_BODY_PIECES = 20;

/** True for the modes under which the provider never learns of the call: nothing is booked. */
export function preventsProcessing(mode: FaultMode): boolean {
  switch (mode) {
    case 'drop-before-process':
    case 'status':
    case 'html-502':
    case 'rate-limit':
    case 'redirect':
      return true;
    case 'drop-after-process':
    case 'delay':
    case 'malformed':
    case 'slow-body':
    case 'wrong-echo':
      return false;
  }
}

export function isCut(mode: FaultMode): boolean {
  return mode === 'drop-before-process' || mode === 'drop-after-process';
}

export function send(reply: FastifyReply, answer: Answer): void {
  reply.code(answer.status).header('content-type', answer.contentType).send(answer.body);
}

/** Answers a call that is not processed; yields the status for the log, null when the connection was cut. */
export function answerInstead(reply: FastifyReply, front: ProviderFront, fault: Fault): number | null {
  switch (fault.mode) {
    case 'drop-before-process':
      cut(reply);
      return null;
    case 'status':
      send(reply, front.faultAnswer(fault.status, fault.description));
      return fault.status;
    case 'html-502':
      send(reply, { status: 502, contentType: 'text/html', body: BAD_GATEWAY_PAGE });
      return 502;
    case 'rate-limit':
      reply.header('retry-after', String(Math.ceil(fault.retryAfterMs / 1000)));
      send(reply, front.faultAnswer(429, fault.description));
      return 429;
    case 'redirect':
      // To the very same place: a client that follows a 307 posts the refund again, and the books show it.
      reply.code(307).header('location', `http://${reply.request.host}${reply.request.url}`).send('');
      return 307;
    case 'drop-after-process':
    case 'delay':
    case 'malformed':
    case 'slow-body':
    case 'wrong-echo':
      throw new Error(`fault ${fault.mode} lets the call be processed`);
  }
}

export interface FaultyDelivery {
  readonly reply: FastifyReply;
  readonly front: ProviderFront;
  readonly answer: Answer;
  readonly waits: Waits;
}

/** Delivers the answer of a call that was processed, the way the fault spoils it. */
export function deliverUnder(fault: Fault, delivery: FaultyDelivery): void {
  const { reply, front, answer } = delivery;
  switch (fault.mode) {
    case 'drop-after-process':
      cut(reply);
      return;
    case 'delay':
      send(reply, answer);
      return;
    case 'malformed':
      send(reply, { ...answer, status: 200, body: answer.body.slice(0, Math.ceil(answer.body.length / 2)) });
      return;
    case 'slow-body':
      dribble(delivery, fault.delayMs);
      return;
    case 'wrong-echo':
      send(reply, front.distortEcho(answer, fault.echo ?? rotatedEcho(fault)));
      return;
    case 'drop-before-process':
    case 'status':
    case 'html-502':
    case 'rate-limit':
    case 'redirect':
      throw new Error(`fault ${fault.mode} keeps the call from being processed`);
  }
}

function rotatedEcho(fault: Fault): (typeof echoFields)[number] {
  return echoFields[(fault.fired - 1) % echoFields.length] ?? 'amount';
}

function cut(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.destroy();
}

/** The head at once, the body in small pieces over `spreadMs`, so that a client's idle timeout alone never notices. */
function dribble({ reply, answer, waits }: FaultyDelivery, spreadMs: number): void {
  reply.hijack();
  const bytes = Buffer.from(answer.body);
  reply.raw.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': bytes.length,
  });
  reply.raw.flushHeaders();
  const pieceLength = Math.ceil(bytes.length / SLOW_BODY_PIECES);
  const next = (offset: number): void => {
    if (reply.raw.destroyed) {
      return;
    }
    const end = offset + pieceLength;
    if (end >= bytes.length) {
      reply.raw.end(bytes.subarray(offset));
      return;
    }
    reply.raw.write(bytes.subarray(offset, end));
    waits.after(spreadMs / SLOW_BODY_PIECES, () => next(end));
  };
  waits.after(spreadMs / SLOW_BODY_PIECES, () => next(0));
}
