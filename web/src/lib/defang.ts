/**
 * Shows an indicator so that no program makes a link of it and no person opens it by accident:
 * "http://evil.example/a" → "hxxp://evil[.]example/a". What can't be opened stays as it is.
 */
export function defang(type: string, value: string): string {
  switch (type) {
    case "url":
      return defangUrl(value);
    case "ipv4":
    case "cidr":
    case "domain":
    case "onion":
      return value.includes(":") ? breakColons(value) : breakDots(value);
    case "ipv6":
      return breakColons(value);
    case "email":
      return breakDots(value.replaceAll("@", "[@]"));
    default:
      return value;
  }
}

function breakDots(text: string): string {
  return text.replaceAll(".", "[.]");
}

function breakColons(text: string): string {
  return text.replaceAll(":", "[:]");
}

const schemes: Record<string, string> = { http: "hxxp", https: "hxxps", ftp: "fxp" };

// Text and not URL: a URL that no parser accepts is an indicator too.
function defangUrl(value: string): string {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(value);
  if (!parts) return breakDots(value);
  const [, scheme = "", authority = "", rest = ""] = parts;
  const host = authority.includes("[") ? breakColons(authority) : breakDots(authority);
  return `${schemes[scheme.toLowerCase()] ?? scheme}://${host}${rest}`;
}
