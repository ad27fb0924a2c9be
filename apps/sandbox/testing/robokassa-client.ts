import { hash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import jwt from 'jsonwebtoken';
import type { BookedRefund, PaymentTruth } from '../simulator.ts';
import { exchange, SandboxClient, type Reply } from './sandbox-client.ts';

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false });

export interface RobokassaPayment {
  readonly paymentId: string;
  readonly opKey: string;
}

/** Plain HTTP against RoboKassa's side of a running sandbox, with the tokens of a common library. */
export class RobokassaClient {
  readonly url: string;
  readonly sandbox: SandboxClient;

  constructor(url: string) {
    this.url = url;
    this.sandbox = new SandboxClient(url);
  }

  async payment(amount = '500.00', more: Readonly<Record<string, unknown>> = {}): Promise<RobokassaPayment> {
    const wanted = { provider: 'robokassa', currency: 'RUB', amount, ...more };
    const made = await this.sandbox.prepare('/payments', wanted);
    return { paymentId: String(made['paymentId']), opKey: String(made['opKey']) };
  }

  async behave(behaviour: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    return await this.sandbox.prepare('/behaviour', { provider: 'robokassa', ...behaviour });
  }

  async truth({ paymentId }: RobokassaPayment): Promise<PaymentTruth> {
    const reply = await this.sandbox.admin('GET', `/payments/robokassa/${paymentId}`);
    return JSON.parse(reply.text) as PaymentTruth;
  }

  async change(requestId: string, verb: string): Promise<Reply> {
    return await this.sandbox.admin('POST', `/refunds/robokassa/${requestId}/${verb}`);
  }

  async bookings(): Promise<readonly BookedRefund[]> {
    const { text } = await this.sandbox.admin('GET', '/refunds?provider=robokassa');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as BookedRefund);
  }

  async requests(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { json } = await this.sandbox.admin('GET', '/requests?provider=robokassa');
    return json['requests'] as readonly Readonly<Record<string, unknown>>[];
  }

  /** Text is a payload to sign as it is spelled, anything else is written as compact JSON. */
  async create(payload: unknown): Promise<Reply> {
    return await this.createWith(token(payload));
  }

  async createWith(signed: string, contentType = 'application/json'): Promise<Reply> {
    return await this.post('/RefundService/Refund/Create', JSON.stringify(signed), contentType);
  }

  /** Creates a refund that must be accepted; answers its request id. */
  async accepted(payload: unknown): Promise<string> {
    const reply = await this.create(payload);
    if (reply.status !== 200 || typeof reply.json['requestId'] !== 'string') {
      throw new Error(`the refund was not accepted: ${reply.status} ${reply.text}`);
    }
    return reply.json['requestId'];
  }

  async state(requestId: string): Promise<Reply> {
    return await exchange(`${this.url}/RefundService/Refund/GetState?id=${requestId}`, 'GET', null, {});
  }

  async operationState(
    invoiceId: string,
    { algorithm = 'md5', login = 'demo' }: { algorithm?: string; login?: string } = {},
  ): Promise<Reply> {
    const signature = hash(algorithm, `${login}:${invoiceId}:password2`, 'hex');
    const question = `MerchantLogin=${login}&InvoiceID=${invoiceId}&Signature=${signature}`;
    return await this.get(`/Merchant/WebService/Service.asmx/OpStateExt?${question}`);
  }

  /** An old refund call: fields in the order given, signed in the order of their names. */
  async legacy(method: string, root: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    const values = Object.keys(fields)
      .toSorted()
      .map((name) => fields[name]);
    const signature = hash('md5', [...values, 'password1'].join(':'), 'hex').toUpperCase();
    return await this.legacyWith(method, root, { ...fields, SignatureValue: signature });
  }

  async legacyWith(method: string, root: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
    const body = `<${root}>${elements.join('')}</${root}>`;
    const path = `/Merchant/WebService/Service.asmx/${method}`;
    return await this.post(path, body, 'application/x-www-form-urlencoded');
  }

  async get(path: string): Promise<Reply> {
    return await exchange(this.url + path, 'GET', null, {});
  }

  async post(path: string, body: string, contentType: string): Promise<Reply> {
    return await exchange(this.url + path, 'POST', body, { 'content-type': contentType });
  }
}

export function token(payload: unknown, algorithm: jwt.Algorithm = 'HS256', key = 'password3'): string {
  return typeof payload === 'string'
    ? jwt.sign(payload, key, { algorithm })
    : jwt.sign(payload as object, key, { algorithm, noTimestamp: true });
}

/** The document of an XML answer, attributes as `@_name`. */
export function xmlOf(reply: Reply): Readonly<Record<string, unknown>> {
  return parser.parse(reply.text) as Readonly<Record<string, unknown>>;
}
