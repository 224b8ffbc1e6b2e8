// Command bed runs the parts of a real Kubernetes that the tests need, each as
// a process of its own: the components share global registries, so one process
// cannot hold two of them.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"

	// Leases and certificates are compared in named time zones.
	_ "time/tzdata"
)

func main() {
	os.Exit(run())
}

// run picks the component by the program's name (a link called kubectl is
// kubectl, as its plugins expect) or else by the first argument.
func run() int {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name != "kubectl" {
		if len(args) == 0 {
			fmt.Fprintln(os.Stderr, "usage: bed etcd|apiserver|controller-manager|kubectl [FLAG ...]")
			return 2
		}
		name, args = args[0], args[1:]
	}
	component, known := map[string]func() *cobra.Command{
		"etcd":               newEtcdCommand,
		"apiserver":          func() *cobra.Command { return apiserver.NewAPIServerCommand() },
		"controller-manager": controllers.NewControllerManagerCommand,
		"kubectl":            kubectl.NewDefaultKubectlCommand,
	}[name]
	if !known {
		fmt.Fprintf(os.Stderr, "bed: no component %q\n", name)
		return 2
	}
	if name == "kubectl" {
		// kubectl looks for plugins in os.Args itself.
		os.Args = append([]string{"kubectl"}, args...)
	}
	command := component()
	command.SetArgs(args)
	return cli.Run(command)
}
