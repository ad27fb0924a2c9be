export { NamedAccounts, type RequestAccount } from '../named-accounts.ts';
export { LateIntake } from './late-intake.ts';
