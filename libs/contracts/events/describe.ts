// class-transformer's @Type, which the events use, asks for the types that the compiler emitted.
import 'reflect-metadata';

/**
 * Descriptions for the published schemas. Kept here instead of in class-validator-jsonschema's own decorator, so that a running
 * processor does not load the generator.
 */
const descriptions = new Map<object, Map<string | symbol, string>>();

/** Describes a class (on the class) or a field (on the property). */
export function Describe(text: string): ClassDecorator & PropertyDecorator {
  return (target: object, property?: string | symbol) => {
    const prototype = typeof target === 'function' ? (target.prototype as object) : target;
    const own = descriptions.get(prototype) ?? new Map<string | symbol, string>();
    descriptions.set(prototype, own.set(property ?? 'constructor', text));
  };
}

/** The description of a class (without a property) or of a field, inherited ones too. */
export function descriptionOf(
  type: { readonly prototype: object },
  property = 'constructor',
): string | undefined {
  for (
    let prototype: object | null = type.prototype;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    const text = descriptions.get(prototype)?.get(property);
    if (text !== undefined) return text;
    if (property === 'constructor') return undefined;
  }
  return undefined;
}
