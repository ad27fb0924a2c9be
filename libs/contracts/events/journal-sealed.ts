import { IsInt, IsISO8601, Matches, Min } from 'class-validator';
import { Describe } from './describe.ts';

const HEX = /^[0-9a-f]{64}$/;

/** A closed range of the journal, sealed: kept outside the database, it shows what was changed or cut off there. */
@Describe(
  'A closed range of the journal, sealed: kept outside the database, it shows what was changed or cut off there.',
)
export class JournalSealed {
  @Describe('Number of this seal, from 1 without gaps. `ce_id` is `seal.<seal>`.')
  @IsInt()
  @Min(1)
  seal!: number;

  @Describe('Every entry from this number on is in this seal; it follows the last number of the seal before.')
  @IsInt()
  @Min(0)
  firstEntry!: number;

  @Describe('Up to this number. Numbers that no entry has are no fault: `entries` says how many there are.')
  @IsInt()
  @Min(0)
  lastEntry!: number;

  @IsInt()
  @Min(1)
  entries!: number;

  @Describe('Refunds whose first entry is among them.')
  @IsInt()
  @Min(0)
  refunds!: number;

  @Describe('Hex SHA-256 over the entries, one after the other.')
  @Matches(HEX)
  root!: string;

  @Describe('`hash` of the seal before; zeros for the first.')
  @Matches(HEX)
  previous!: string;

  @IsISO8601()
  sealedAt!: string;

  @Describe('Hex SHA-256 of the members before it, as they stand in the event.')
  @Matches(HEX)
  hash!: string;
}
