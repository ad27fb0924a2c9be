export { NamedAccounts, type RequestAccount } from '../named-accounts.ts';
export { LateIntake, type LateRequest, type LateVerdict } from './late-intake.ts';
