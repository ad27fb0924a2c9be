import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  Query,
  Headers,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { WebhookVerdict } from '#libs/processing';
import type { Loops } from '../loops.ts';
import { LOOPS } from '../tokens.ts';

/** Where providers tell that something happened: one address for each account. The answer says only if the webhook was taken. */
@Controller('webhooks/:provider/:account')
export class WebhooksController {
  constructor(@Inject(LOOPS) private readonly loops: Loops) {}

  /** 2xx means: kept, do not send it again. Everything else makes a vendor repeat it. */
  @Post()
  @HttpCode(200)
  async receive(
    @Param('provider') provider: string,
    @Param('account') account: string,
    @Headers() headers: IncomingHttpHeaders,
    @Body() body: unknown,
  ): Promise<void> {
    const rawBody = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const verdict = await this.loops.webhooks?.receive(provider, account, rawBody, single(headers));
    refuse(verdict ?? 'noAccount');
  }

  /** Braintree asks before it saves an address. */
  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  challenge(
    @Param('provider') provider: string,
    @Param('account') account: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): string {
    const answer = this.loops.webhooks?.answerChallenge(provider, account, texts(query)) ?? null;
    if (answer === null) throw new NotFoundException('nothing answers this question here');
    return answer;
  }
}

/** @throws the HTTP error that a verdict is answered with, if any. */
function refuse(verdict: WebhookVerdict): void {
  switch (verdict) {
    case 'stored':
    case 'repeated':
    case 'ignored':
      return;
    case 'forged':
      throw new UnauthorizedException('this is not signed by the provider for this account');
    case 'noAccount':
      throw new NotFoundException('no account takes webhooks here');
    case 'notStored':
      throw new ServiceUnavailableException('it could not be stored; send it again');
  }
}

/** A header that came more than once is one text, as HTTP has it. */
function single(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** A parameter given twice is none: what is asked is not clear. */
function texts(query: Readonly<Record<string, unknown>>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
