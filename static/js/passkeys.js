// Shows the controls for passkeys where the browser knows them, and says in words when one did not work.
(function () {
  'use strict'

  function show (id) {
    const note = document.getElementById(id)
    if (note) note.hidden = false
  }

  document.addEventListener('allauth.error', function (event) {
    // Our sentence takes the place of allauth's line in the console.
    event.preventDefault()
    const error = event.detail.exception
    document.querySelectorAll('#passkey-problem, #passkey-address').forEach(function (note) { note.hidden = true })
    // A browser refuses an address without a name, or a page without HTTPS, in these two ways.
    show(error && (error.name === 'SecurityError' || !window.isSecureContext) ? 'passkey-address' : 'passkey-problem')
  })

  document.addEventListener('DOMContentLoaded', function () {
    if (!window.PublicKeyCredential) {
      if (!window.isSecureContext) show('passkey-address')
      return
    }
    document.querySelectorAll('[data-passkey]').forEach(function (control) { control.hidden = false })
  })
})()
