/** One environment variable. `default` is text for people; null: no default. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly default: string | null;
  readonly secret: boolean;
}

const plain = (name: string, meaning: string, fallback: string | null): Variable => ({
  name,
  meaning,
  default: fallback,
  secret: false,
});
const secret = (name: string, meaning: string): Variable => ({ name, meaning, default: null, secret: true });

/** Every environment variable this release knows, in the order documentation lists them. */
export const ENVIRONMENT: readonly Variable[] = [
  plain('KAFKA_BROKERS', 'brokers as host:port, separated by commas', 'the embedded bus'),
  plain('KAFKA_GROUP_ID', 'consumer group of the processors', 'refundry'),
  plain('KAFKA_SSL', 'true: connect with TLS', 'false; true when KAFKA_SSL_CA is set'),
  plain('KAFKA_SSL_CA', 'file with the certificate authority in PEM', "the system's authorities"),
  plain('KAFKA_SASL_MECHANISM', 'plain, scram-sha-256 or scram-sha-512', 'no authentication'),
  plain('KAFKA_SASL_USERNAME', 'user name for SASL', null),
  secret('KAFKA_SASL_PASSWORD', 'password for SASL'),
  plain('TOPICS_CREATE', 'false: never create missing topics', 'true'),
  secret('DATABASE_URL', 'PostgreSQL 18, as postgres://user:password@host:port/database'),
  plain('REFUNDRY_DATA', 'directory of the embedded PostgreSQL and of what the demo leaves', '.refundry'),
  plain('REFUNDRY_CONFIG', 'JSON file with more accounts, topic names and limits', null),
  plain('HOST', 'address the HTTP role listens on', '127.0.0.1'),
  plain('PORT', 'port of the HTTP role; 0 = any free one', '3000'),
  plain('LOG_LEVEL', 'trace, debug, info, warn, error or silent', 'info'),
  plain('STATUS_EVENTS', 'false: publish results only, no status snapshots', 'true'),
  plain('NODE_ENV', 'production refuses the embedded defaults', 'development'),
  plain('SANDBOX_URL', 'points the default account of every provider at this sandbox', null),
  plain('SANDBOX_PORT', 'port the sandbox itself listens on; 0 = any free one', '4010'),
  plain('RAZORPAY_KEY_ID', "key id of Razorpay's default account", null),
  secret('RAZORPAY_KEY_SECRET', 'key secret that belongs to RAZORPAY_KEY_ID'),
  secret(
    'RAZORPAY_WEBHOOK_SECRET',
    'secret that signs the webhooks of that account; the new and the old one, separated by a comma, while it rotates',
  ),
  plain('RAZORPAY_BASE_URL', "origin of Razorpay's API", 'https://api.razorpay.com'),
  plain('BRAINTREE_MERCHANT_ID', "merchant id of Braintree's default account", null),
  plain('BRAINTREE_PUBLIC_KEY', 'public key of an API key of that merchant', null),
  secret('BRAINTREE_PRIVATE_KEY', 'private key that belongs to BRAINTREE_PUBLIC_KEY'),
  plain('BRAINTREE_BASE_URL', "origin of Braintree's API", "the environment's own"),
  plain('BRAINTREE_ENVIRONMENT', "sandbox: Braintree's own sandbox, whose money is test money", 'production'),
  plain('ROBOKASSA_LOGIN', "MerchantLogin of RoboKassa's default account", null),
  secret('ROBOKASSA_PASSWORD1', 'Password #1 of that shop; only the legacy interface needs it'),
  secret('ROBOKASSA_PASSWORD2', 'Password #2 of that shop; it signs questions about payments'),
  secret('ROBOKASSA_PASSWORD3', 'Password #3 of that shop; it signs refunds'),
  plain(
    'ROBOKASSA_BASE_URL',
    "one origin instead of RoboKassa's two",
    'https://auth.robokassa.ru and https://services.robokassa.ru',
  ),
];
