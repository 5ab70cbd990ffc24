/** The address that Slack calls when somebody presses a button. */
export function buttonsUrl(origin: string, id: string): string {
  return `${origin}/api/v1/slack/${id}`;
}

/** A Slack app that may write messages and look people up by their mail address, and nothing else. */
export function appManifest(): string {
  return [
    "display_information:",
    "  name: Tocsin",
    "  description: Tells people about tickets that wait for them",
    "features:",
    "  app_home:",
    "    messages_tab_enabled: true",
    "    messages_tab_read_only_enabled: true",
    "  bot_user:",
    "    display_name: Tocsin",
    "    always_online: true",
    "oauth_config:",
    "  scopes:",
    "    bot:",
    "      - chat:write",
    "      - im:write",
    "      - users:read",
    "      - users:read.email",
    "settings:",
    "  org_deploy_enabled: false",
    "  socket_mode_enabled: false",
    "  token_rotation_enabled: false",
  ].join("\n");
}
