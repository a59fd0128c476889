/** Settings: the one declaration of a config, for its type, files, command line, help and messages. */
export { configDifferences, type ConfigOf, defineSettings, type Settings, type SettingsSchema } from "./schema.ts";
export {
  type ChoiceSetting,
  type NumberSetting,
  oneOf,
  real,
  type Setting,
  type SettingDetails,
  settingProblem,
  whole,
} from "./setting.ts";
