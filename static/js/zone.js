// Fills in the time zone of this device, where a form asks for one and nobody has said another than UTC.
"use strict";

for (const field of document.querySelectorAll("input[data-zone]")) {
  if (field.value === "" || field.value === "UTC") {
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
  }
}
