import type { Api } from './api.ts';
import { alterConfig, writeConfigAnswers } from './config-resources.ts';

/**
 * AlterConfigs (33), v0-2. Replaces all options of a resource; what is not named returns to its default.
 *
 *     request   [int8 type · string name · [string option · nullable string value]] · bool validateOnly
 *     response  see writeConfigAnswers
 */
export const alterConfigs: Api = {
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  handle: ({ body, access }, broker) => {
    const wanted = body.array((r) => {
      const resource = { type: r.int8(), name: r.string() };
      const options = r.array((): [string, string | null] => {
        const option: [string, string | null] = [r.string(), r.nullableString()];
        r.tags();
        return option;
      });
      r.tags();
      return {
        resource,
        config: Object.fromEntries(options.filter((o): o is [string, string] => o[1] !== null)),
      };
    });
    const validateOnly = body.boolean();
    const answers = wanted.map(({ resource, config }) =>
      alterConfig(resource, () => config, validateOnly, access, broker),
    );
    return (writer) => writeConfigAnswers(writer, answers);
  },
};
