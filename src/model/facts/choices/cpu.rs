//! Processors.

use super::{Choice, HostFacts, choices, forbid, usable_first};
use crate::i18n::{tr, tr_c, tr_f, tr_n};
use crate::model::xml::object::CpuModel;

/// Names of lacking features that a reason lists.
const LISTED: usize = 5;

/// Features that make guards against flaws of processors possible.
const MITIGATIONS: &[&str] = &[
    "spec-ctrl",
    "stibp",
    "ssbd",
    "ibpb",
    "amd-ssbd",
    "virt-ssbd",
    "md-clear",
    "amd-stibp",
];

impl HostFacts {
    /// How a machine's processor is chosen (`mode` of `<cpu>`).
    #[must_use]
    pub fn cpu_modes(&self) -> Vec<Choice> {
        let known = choices(
            &["host-passthrough", "host-model", "custom", "maximum"],
            |value| match value {
                "host-passthrough" => tr("The host's processor as it is"),
                "host-model" => tr("Like the host's processor"),
                "custom" => tr("A certain model"),
                "maximum" => tr("Everything that the hypervisor can"),
                other => other.to_owned(),
            },
        );
        let Some(capabilities) = &self.domain_capabilities else {
            return known;
        };
        let modes = capabilities.cpu_modes();
        let is_told = capabilities
            .document()
            .child(capabilities.document().root(), "cpu")
            .is_some();
        forbid(known, |value| {
            if !is_told || modes.iter().any(|mode| mode == value) {
                None
            } else if value == "host-passthrough" && self.kind.hypervisor == "qemu" {
                Some(tr("Needs KVM."))
            } else {
                Some(self.not_offered())
            }
        })
    }

    /// Models of processors (`<model>` in the mode `custom`): those that the host can run first. Empty where the host does
    /// not tell.
    #[must_use]
    pub fn cpu_models(&self) -> Vec<Choice> {
        let capabilities = self.domain_capabilities.iter();
        let mut models: Vec<CpuModel> = capabilities
            .flat_map(|capabilities| capabilities.cpu_models())
            .collect();
        models.sort_by_cached_key(|model| model.name.to_lowercase());
        let all = models.into_iter().map(|model| {
            let problem = (model.usable == Some(false)).then(|| lacks(&model));
            let note = model.deprecated.then(|| tr("outdated"));
            Choice::new(model.name.clone(), model.name).noted(note).but(problem)
        });
        usable_first(all.collect())
    }

    /// The model that the mode `host-model` gives, as far as it is told.
    #[must_use]
    pub fn host_model(&self) -> Option<String> {
        let told = self
            .domain_capabilities
            .as_ref()
            .and_then(|capabilities| capabilities.host_model());
        told.or_else(|| {
            self.capabilities
                .as_ref()
                .and_then(|capabilities| capabilities.cpu_model())
        })
    }

    /// Features of the host's processor that guard a guest against flaws of processors, as far as it is told.
    #[must_use]
    pub fn cpu_mitigations(&self) -> Vec<String> {
        let capabilities = self.domain_capabilities.iter();
        let mut names: Vec<String> = capabilities
            .flat_map(|capabilities| capabilities.host_model_features())
            .collect();
        names.retain(|name| MITIGATIONS.contains(&name.as_str()));
        names
    }

    /// Names of processor features that the host tells of, sorted.
    #[must_use]
    pub fn cpu_features(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if let Some(capabilities) = &self.domain_capabilities {
            names.extend(capabilities.cpu_features());
        }
        if let Some(capabilities) = &self.capabilities {
            names.extend(capabilities.cpu_features());
        }
        names.sort();
        names.dedup();
        names
    }

    /// What is asked for a feature (`policy` of `<feature>`).
    #[must_use]
    pub fn cpu_policies(&self) -> Vec<Choice> {
        choices(
            &["require", "disable", "optional", "force", "forbid"],
            |value| match value {
                "require" => tr_c("processor feature", "On"),
                "disable" => tr_c("processor feature", "Off"),
                "optional" => tr("On where the host has it"),
                "force" => tr("On, even where the host lacks it"),
                "forbid" => tr("The host must not have it"),
                other => other.to_owned(),
            },
        )
    }
}

fn lacks(model: &CpuModel) -> String {
    let (named, more) = model.blockers.split_at(model.blockers.len().min(LISTED));
    let features = named.join(", ");
    match more.len() {
        _ if named.is_empty() => tr("The host's processor cannot run it."),
        // Translators: {features} are names of processor features.
        0 => tr_f("The host's processor lacks {features}.", &[("features", &features)]),
        n => tr_n(
            "The host's processor lacks {features} and {n} more feature.",
            "The host's processor lacks {features} and {n} more features.",
            n,
            &[("features", &features)],
        ),
    }
}
