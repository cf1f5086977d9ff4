import type { Api } from './api.ts';

/**
 * ListGroups (16), v0-5.
 *
 *     request   v4+ [string state] · v5+ [string type]
 *     response  v1+ int32 throttleMs · int16 error
 *               · [string group · string protocolType · v4+ string state · v5+ string type]
 */
export const listGroups: Api = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  handle: ({ version, body, access }, broker) => {
    const states = (version >= 4 ? body.array((r) => r.string()) : []).map((s) => s.toLowerCase());
    const types = (version >= 5 ? body.array((r) => r.string()) : []).map((s) => s.toLowerCase());
    const seesAll = access.may('Cluster:Describe');
    const groups = broker.groups
      .ids()
      .filter((id) => seesAll || access.may('Group:Describe', id))
      .map((id) => {
        const group = broker.groups.get(id);
        return {
          id,
          protocolType: group?.protocolType ?? 'consumer',
          state: group?.state ?? 'Empty',
        };
      })
      .filter(({ state }) => states.length === 0 || states.includes(state.toLowerCase()))
      .filter(() => types.length === 0 || types.includes('classic'));
    return (writer) => {
      if (version >= 1) writer.int32(0);
      writer.int16(0);
      writer.array(groups, ({ id, protocolType, state }, w) => {
        w.string(id).string(protocolType);
        if (version >= 4) w.string(state);
        if (version >= 5) w.string('classic');
        w.tags();
      });
      writer.tags();
    };
  },
};
