package identity

import (
	"encoding/base64"

	"github.com/go-webauthn/webauthn/protocol"
)

// credential is what both kinds of answers are of.
func (a PasskeyAnswer) credential() protocol.PublicKeyCredential {
	return protocol.PublicKeyCredential{
		Credential: protocol.Credential{ID: base64.RawURLEncoding.EncodeToString(a.ID), Type: string(protocol.PublicKeyCredentialType)},
		RawID:      a.ID,
	}
}

// made reads the answer of an authenticator that made a passkey.
func (a PasskeyAnswer) made() (*protocol.ParsedCredentialCreationData, error) {
	parsed, err := protocol.CredentialCreationResponse{
		PublicKeyCredential: a.credential(),
		AttestationResponse: protocol.AuthenticatorAttestationResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: a.ClientData},
			Transports:            a.Transports,
			AttestationObject:     a.Attestation,
		},
	}.Parse()
	if err != nil {
		return nil, badAnswer(err)
	}
	return parsed, nil
}

// signed reads the answer of an authenticator that signed.
func (a PasskeyAnswer) signed() (*protocol.ParsedCredentialAssertionData, error) {
	parsed, err := protocol.CredentialAssertionResponse{
		PublicKeyCredential: a.credential(),
		AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: a.ClientData},
			AuthenticatorData:     a.AuthData,
			Signature:             a.Signature,
			UserHandle:            a.UserHandle,
		},
	}.Parse()
	if err != nil {
		return nil, badAnswer(err)
	}
	return parsed, nil
}
