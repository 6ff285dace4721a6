//! Dashboards.

use secmon_core::snapshot::Target;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Dashboard, invalid_value, listing};
use crate::world::World;
use crate::world::call::{ApiError, Call};

impl World {
    pub(super) fn put_dashboard(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("DashboardName").unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.is_empty() || name.len() > 255 || !name.chars().all(allowed) {
            return Err(invalid_value(format!(
                "The value {name} for parameter DashboardName is not supported."
            )));
        }
        let body = call.text("DashboardBody").unwrap_or_default().to_owned();
        if !serde_json::from_str::<Value>(&body).is_ok_and(|body| body.is_object()) {
            return Err(ApiError::new(
                "DashboardInvalidInputError",
                "The dashboard body is invalid, there are 1 validation errors",
            ));
        }
        let dashboard = Dashboard { body, modified: self.now };
        let dashboards = &mut self.place_mut(&call.target).cloudwatch.dashboards;
        dashboards.insert(name.to_owned(), dashboard);
        Ok(json!({"DashboardValidationMessages": []}))
    }

    pub(super) fn get_dashboard(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("DashboardName").unwrap_or_default();
        let dashboard = self.place(&call.target).cloudwatch.dashboards.get(name);
        let dashboard = dashboard.ok_or_else(|| missing(name))?;
        Ok(json!({
            "DashboardArn": dashboard_arn(&call.target, name),
            "DashboardBody": dashboard.body,
            "DashboardName": name,
        }))
    }

    pub(super) fn list_dashboards(&mut self, call: &Call) -> Result<Value, ApiError> {
        let prefix = call.text("DashboardNamePrefix").unwrap_or_default();
        let dashboards = self.place(&call.target).cloudwatch.dashboards.iter();
        let items = dashboards.filter(|(name, _)| name.starts_with(prefix)).map(|(name, it)| {
            json!({
                "DashboardName": name,
                "DashboardArn": dashboard_arn(&call.target, name),
                "LastModified": it.modified,
                "Size": it.body.len(),
            })
        });
        listing(call, "DashboardEntries", items.collect(), ("", 1_000))
    }

    pub(super) fn delete_dashboards(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            dashboard_names: Vec<String>,
        }
        let names = call.input::<Input>()?.dashboard_names;
        let dashboards = &mut self.place_mut(&call.target).cloudwatch.dashboards;
        if let Some(name) = names.iter().find(|name| !dashboards.contains_key(*name)) {
            return Err(missing(name));
        }
        dashboards.retain(|name, _| !names.contains(name));
        Ok(json!({}))
    }
}

fn missing(name: &str) -> ApiError {
    ApiError::new("DashboardNotFoundError", format!("Dashboard {name} does not exist"))
}

/// Dashboards belong to no Region.
fn dashboard_arn(target: &Target, name: &str) -> String {
    format!("arn:aws:cloudwatch::{}:dashboard/{name}", target.account)
}
