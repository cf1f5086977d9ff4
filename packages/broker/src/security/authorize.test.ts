import { describe, expect, it } from 'vitest';
import type { Acl, Operation, PatternType, Permission } from './acl.ts';
import { type AclFilter, matchesFilter } from './acl-filter.ts';
import { isAllowed, isAllowedSomewhere } from './authorize.ts';

const STRICT = { superUsers: new Set(['User:root']), allowIfNoAcl: false };
const LENIENT = { ...STRICT, allowIfNoAcl: true };

/** `allow alice Read t`, `deny * All pre* from 10.0.0.1`: a name that ends in `*` and is longer is a prefix. */
function acl(text: string): Acl {
  const [permission, who, operation, name = '', , host = '*'] = text.split(' ');
  const isPrefix = name.length > 1 && name.endsWith('*');
  return {
    resourceType: 'Topic',
    resourceName: isPrefix ? name.slice(0, -1) : name,
    patternType: (isPrefix ? 'Prefixed' : 'Literal') as PatternType,
    principal: `User:${who}`,
    host,
    operation: operation as Operation,
    permission: (permission === 'allow' ? 'Allow' : 'Deny') as Permission,
  };
}

/** `alice Read t [from host]` */
function wish(text: string) {
  const [who, operation, resourceName = '', , host = '127.0.0.1'] = text.split(' ');
  return {
    principal: `User:${who}`,
    operation: operation as Operation,
    resourceType: 'Topic',
    resourceName,
    host,
  } as const;
}

/** A wish, the rules, what Kafka says, and what it says when everybody may do what no rule is about. */
type Case = readonly [wish: string, acls: readonly string[], allowed: boolean, lenient?: boolean];

describe('who may do what', () => {
  const cases: readonly Case[] = [
    ['alice Read t', [], false, true],
    ['root Read t', ['deny * All *'], true],
    ['alice Read t', ['allow alice Read t'], true],
    ['bob Read t', ['allow alice Read t'], false, false],
    ['alice Read u', ['allow alice Read t'], false, true],
    ['alice Write t', ['allow alice Read t'], false],
    ['alice Read t', ['allow * Read t'], true],
    ['alice Read t', ['allow alice Read *'], true],
    ['alice Read t', ['allow alice All t'], true],
    ['alice Read team.orders', ['allow alice Read team.*'], true],
    ['alice Read teams', ['allow alice Read team.*'], false, true],
    ['alice Read team.orders', ['allow alice Read team.'], false, true],
    ['alice Read t', ['allow alice Read t', 'deny alice Read t'], false],
    ['alice Read t', ['deny * Read *', 'allow alice All t'], false, false],
    ['alice Read team.x', ['allow alice Read team.*', 'deny alice Read team.x'], false],
    ['alice Read team.y', ['allow alice Read team.*', 'deny alice Read team.x'], true],
    ['alice Write t', ['allow alice All t', 'deny alice Read t'], true],
    ['alice Read t', ['allow alice Read t from 10.0.0.1'], false],
    ['alice Read t from 10.0.0.1', ['allow alice Read t from 10.0.0.1'], true],
    ['alice Read t', ['allow alice Read t', 'deny alice Read t from 10.0.0.1'], true],
    ...(['Read', 'Write', 'Delete', 'Alter'] as const).map(
      (implying): Case => ['alice Describe t', [`allow alice ${implying} t`], true],
    ),
    ['alice Describe t', ['allow alice Create t'], false],
    ['alice DescribeConfigs t', ['allow alice AlterConfigs t'], true],
    ['alice DescribeConfigs t', ['allow alice Alter t'], false],
    ['alice Read t', ['allow alice Describe t'], false],
    // A denial denies what it names: who may not read may still see that the topic is there.
    ['alice Describe t', ['allow alice Describe t', 'deny alice Read t'], true],
    ['alice Describe t', ['allow alice Read t', 'deny alice Describe t'], false],
  ];
  it.each(cases.map((row) => ({ name: `${row[0]} with ${JSON.stringify(row[1])}: ${row[2]}`, row })))(
    '$name',
    ({ row }) => {
      const [text, acls, allowed, lenient = allowed] = row;
      const rules = acls.map(acl);
      for (const order of [rules, rules.toReversed()]) {
        expect(isAllowed(wish(text), order, STRICT)).toBe(allowed);
        expect(isAllowed(wish(text), order, LENIENT)).toBe(lenient);
      }
      const elsewhere = rules.map((rule) => ({ ...rule, resourceType: 'Group' as const }));
      expect(isAllowed(wish(text), elsewhere, STRICT)).toBe(text.startsWith('root'));
    },
  );

  it.each<readonly [acls: readonly string[], somewhere: boolean]>([
    [[], false],
    [['allow alice Write t'], true],
    [['allow alice Read t'], false],
    [['allow alice Write t', 'deny alice Write t'], false],
    [['allow alice Write t', 'deny alice Write u'], true],
    [['allow alice Write team.*', 'deny alice Write team.x'], true],
    [['allow alice Write team.x', 'deny alice Write team.*'], false],
    [['allow alice Write team.a*', 'deny alice Write team.*'], false],
    [['allow alice Write *', 'deny alice Write team.*'], true],
    [['allow alice Write *', 'deny * All *'], false],
    [['allow bob Write t'], false],
  ])('alice may write somewhere with %j: %s', (acls, somewhere) => {
    const { resourceName: _, ...asked } = wish('alice Write ?');
    expect(isAllowedSomewhere(asked, acls.map(acl), STRICT)).toBe(somewhere);
    expect(isAllowedSomewhere({ ...asked, principal: 'User:root' }, acls.map(acl), STRICT)).toBe(true);
  });
});

describe('a filter', () => {
  const rules = ['allow alice Read t', 'deny bob All *', 'allow alice Write te*', 'allow carol Read other'];
  const any: AclFilter = {
    ...{ resourceType: undefined, resourceName: null, patternType: undefined, principal: null, host: null },
    ...{ operation: undefined, permission: undefined },
  };
  it.each<readonly [string, Partial<AclFilter>, readonly number[]]>([
    ['of nothing finds all', {}, [0, 1, 2, 3]],
    ['of another type finds none', { resourceType: 'Group' }, []],
    ['of a name finds it literally', { resourceName: 't' }, [0]],
    ['of a pattern type', { patternType: 'Prefixed' }, [2]],
    ['of a literal name', { patternType: 'Literal', resourceName: 'te' }, []],
    ['of whatever holds for a name', { patternType: 'Match', resourceName: 'test' }, [1, 2]],
    ['of whatever holds for another name', { patternType: 'Match', resourceName: 't' }, [0, 1]],
    ['of a principal', { principal: 'User:alice' }, [0, 2]],
    ['of an operation and a permission', { operation: 'Read', permission: 'Allow' }, [0, 3]],
    ['of a host', { host: '10.0.0.1' }, []],
  ])('%s', (_, filter, found) => {
    const all = rules.map(acl);
    expect(all.flatMap((rule, i) => (matchesFilter(rule, { ...any, ...filter }) ? [i] : []))).toEqual(found);
  });
});
