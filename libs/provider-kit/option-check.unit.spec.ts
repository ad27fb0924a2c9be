import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, ValidateNested } from 'class-validator';
import { checkOptionsBy } from './option-check.ts';

class Item {
  @IsInt()
  quantity!: number;
}

class Options {
  @IsOptional()
  @IsIn(['normal', 'optimum'])
  speed?: string;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Item)
  items?: Item[];
}

describe("checking a caller's options", () => {
  it('accepts none and valid ones', () => {
    expect(checkOptionsBy(Options, {})).toEqual([]);
    expect(checkOptionsBy(Options, { speed: 'normal', items: [{ quantity: 1 }] })).toEqual([]);
  });

  it('names an invalid value by its path', () => {
    expect(checkOptionsBy(Options, { speed: 'fast', items: [{ quantity: 1.5 }] })).toMatchObject([
      { code: 'OPTIONS_INVALID', field: 'speed' },
      { code: 'OPTIONS_INVALID', field: 'items.0.quantity' },
    ]);
  });

  it('refuses an option that does not exist', () => {
    expect(checkOptionsBy(Options, { sped: 'normal' })).toEqual([
      { code: 'OPTIONS_INVALID', field: 'sped', message: 'sped is not an option' },
    ]);
  });
});
