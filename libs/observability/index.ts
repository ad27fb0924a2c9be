export { createLogger, describeError, type Logger, type LoggerOptions } from './logger.ts';
export { collectProcessMetrics, createMetrics, metrics, type Metrics } from './metrics.ts';
export { redact, registerSecret } from './redaction.ts';
export { createStep, step, STEPS, type StepName } from './step.ts';
