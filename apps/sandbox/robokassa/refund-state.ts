import { randomUUID } from 'node:crypto';
import { jsonAnswer, type Answer } from '../calls/answer.ts';
import { toSixDecimals } from './amounts.ts';
import type { Endpoint } from './endpoint.ts';
import type { RobokassaRefund } from './ledger.ts';
import { message, serviceTrouble } from './refund-answers.ts';

/** `RefundService/Refund/GetState`: whoever knows the request id may ask. */
export const refundState: Endpoint = {
  authenticate: () => null,

  accept(ledger, request) {
    const { id } = request.query as { id?: unknown };
    return {
      perform: () => {
        const refund = ledger.refund(String(id).toLowerCase());
        return refund === undefined
          ? jsonAnswer(ledger.behaviour.unknownRequestStatus, { message: message.requestUnknown })
          : stateAnswer(refund);
      },
    };
  },

  faultAnswer: serviceTrouble,

  distortEcho(answer, field) {
    switch (field) {
      case 'amount':
        return { ...answer, body: answer.body.replace(/(?<="amount":)\d+/, oneMore) };
      case 'payment':
        return { ...answer, body: answer.body.replace(/(?<="requestId":")[^"]+/, randomUUID()) };
      case 'currency':
        // There is none in it.
        return answer;
    }
  },
};

/** Written by hand, because no JSON writer keeps the zeros of `1.000000`. */
function stateAnswer({ requestId, amount, label }: RobokassaRefund): Answer {
  const body = `{"requestId":"${requestId}","amount":${toSixDecimals(amount)},"label":"${label}"}`;
  return { ...jsonAnswer(200, null), body };
}

function oneMore(whole: string): string {
  return String(Number(whole) + 1);
}
