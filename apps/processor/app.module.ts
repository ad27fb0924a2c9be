import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#libs/config';
import type { Connections } from '#libs/connections';
import { HealthController } from './http/health.controller.ts';
import { MetricsController } from './http/metrics.controller.ts';
import { WebhooksController } from './http/webhooks.controller.ts';
import type { Loops } from './loops.ts';
import { Processor } from './processor.ts';
import { RequestsController } from './requests.controller.ts';
import { CONFIG, CONNECTIONS, LOOPS, WATCH } from './tokens.ts';
import type { ProcessWatch } from './watch.ts';

export interface Parts {
  readonly config: Config;
  readonly connections: Connections;
  readonly loops: Loops;
  readonly watch: ProcessWatch;
}

/** The processor's map: requests come in through one controller, hints of providers through another, the loops do the work, two tell how it goes. */
@Module({})
export class AppModule {
  static with({ config, connections, loops, watch }: Parts): DynamicModule {
    return {
      module: AppModule,
      controllers: [RequestsController, HealthController, MetricsController, WebhooksController],
      providers: [
        Processor,
        { provide: CONFIG, useValue: config },
        { provide: CONNECTIONS, useValue: connections },
        { provide: LOOPS, useValue: loops },
        { provide: WATCH, useValue: watch },
      ],
    };
  }
}
