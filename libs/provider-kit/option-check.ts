// Classes of options that nest others read the types of their properties from it.
import 'reflect-metadata';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { OptionFault } from './ports.ts';

/** Checks a caller's options against a provider's class of them. An unknown option is a fault: a typing error must not be ignored with money at stake. */
export function checkOptionsBy<Options extends object>(
  optionsClass: ClassConstructor<Options>,
  options: Readonly<Record<string, unknown>>,
): readonly OptionFault[] {
  if (Object.keys(options).length === 0) return [];
  const errors = validateSync(plainToInstance(optionsClass, options), {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  return errors.flatMap((error) => faultsOf(error, ''));
}

function faultsOf(error: ValidationError, path: string): readonly OptionFault[] {
  const field = `${path}${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
    code: 'OPTIONS_INVALID',
    field,
    message: constraint === 'whitelistValidation' ? `${field} is not an option` : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, `${field}.`))];
}
