//! Containers.

use super::page::Page;
use crate::model::creation::order::Container;
use crate::model::facts::HostFacts;
use crate::model::xml::escape;

pub(super) fn write_os(page: &mut Page, facts: &HostFacts, container: &Container) {
    page.element("os", |page| {
        match &facts.kind.arch {
            Some(arch) => page.line(format!("<type arch='{}'>exe</type>", escape(arch))),
            None => page.line("<type>exe</type>"),
        }
        match container {
            Container::Application { init } => {
                let mut words = init.split_whitespace();
                page.line(format!("<init>{}</init>", escape(words.next().unwrap_or("/bin/sh"))));
                for word in words {
                    page.line(format!("<initarg>{}</initarg>", escape(word)));
                }
            }
            Container::System { .. } => page.line("<init>/sbin/init</init>"),
        }
    });
    page.element("features", |page| page.line("<privnet/>"));
}

pub(super) fn write_devices(page: &mut Page, container: &Container) {
    if let Container::System { root } = container {
        page.element("filesystem type='mount' accessmode='passthrough'", |page| {
            page.line(format!("<source dir='{}'/>", escape(root)));
            page.line("<target dir='/'/>");
        });
    }
}
