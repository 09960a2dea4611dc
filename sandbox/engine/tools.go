//go:build tools

// Package tools keeps the requirement of go.mod: nothing else in this folder is Go.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
