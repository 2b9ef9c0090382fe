import { Roster, type Seated } from './roster';

interface Guest extends Seated {
  readonly name: string;
}

const guest = (name: string): Guest => ({ name, seat: -1 });
const namesIn = (roster: Roster<Guest>) => [...roster].map(({ name }) => name).sort();

describe('a roster', () => {
  it('knows who is in, whoever leaves first', () => {
    const roster = new Roster<Guest>();
    const [a, b, c] = [guest('a'), guest('b'), guest('c')];
    for (const each of [a, b, c]) roster.add(each);
    roster.delete(a);
    expect(namesIn(roster)).toEqual(['b', 'c']);
    roster.delete(c);
    roster.add(a);
    expect(namesIn(roster)).toEqual(['a', 'b']);
    expect(roster.size).toBe(2);
  });

  it('takes nobody twice, and lets nobody leave twice', () => {
    const roster = new Roster<Guest>();
    const [a, b] = [guest('a'), guest('b')];
    roster.add(a);
    roster.add(a);
    roster.add(b);
    roster.delete(a);
    roster.delete(a);
    expect(namesIn(roster)).toEqual(['b']);
  });

  it('shows everybody who was in, also while they leave', () => {
    const roster = new Roster<Guest>();
    const guests = ['a', 'b', 'c', 'd'].map(guest);
    for (const each of guests) roster.add(each);
    const seen: string[] = [];
    for (const each of roster) {
      seen.push(each.name);
      roster.delete(each);
    }
    expect(seen.sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(roster.size).toBe(0);
    expect(guests.every(({ seat }) => seat === -1)).toBe(true);
  });
});
